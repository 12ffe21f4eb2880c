import { defineConfig } from "vitest/config";

// The zone of the tests is that of no tester, so that nothing passes by accident. Threads have the zone of the process.
if (process.env.VITEST) process.env.TZ = "America/New_York";

// The page is served from the root of its own host; /api goes to the backend that API names (Vite's server is for development only).
export default defineConfig({
  build: {
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"], // light-dark()
    assetsInlineLimit: 0, // a strict Content-Security-Policy takes no data: URL
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    port: 3000,
    proxy: { "/api": process.env.API ?? "http://127.0.0.1:8080" },
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
    pool: "threads",
    testTimeout: 30_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.{ts,tsx}"],
      exclude: ["src/main.tsx", "src/api/schema.ts"],
      reporter: ["text-summary", "json-summary"],
      reportsDirectory: "coverage",
      thresholds: { lines: 80, statements: 80, functions: 80, branches: 80 },
    },
  },
});
