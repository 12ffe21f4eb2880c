import { fireEvent, render, screen } from "@testing-library/preact";
import { describe, expect, it, vi } from "vitest";
import { address, go, Link, match, Router, usePlace } from "../src/router";

describe("addresses", () => {
  it.each([
    ["/", "/", ""],
    ["/", "/releases", undefined],
    ["/releases", "/releases", ""],
    ["/releases", "/releases/", ""],
    ["/releases/:id", "/releases", undefined],
    ["/releases/:id", "/releases/", undefined],
    ["/releases/:id", "/releases/prod-app-12", "prod-app-12"],
    ["/releases/:id", "/releases/prod%2Fapp", "prod/app"],
    ["/releases/:id", "/releases/100%", "100%"],
    ["/releases/:id", "/releases/a/b", undefined],
  ])("%s fits %s: %s", (pattern, path, id) => {
    expect(match(pattern, path)).toBe(id);
  });

  it("hold the filters that are set, and no others", () => {
    expect(address("/releases", { q: "a b&c", env: "", service: undefined })).toBe("/releases?q=a+b%26c");
    expect(address("/releases")).toBe("/releases");
  });
});

function Where() {
  const { path, query } = usePlace();
  return <output>{`${path} ${query.get("env") ?? "all"}`}</output>;
}

describe("moving", () => {
  it("follows links without loading the page, and Back and Forward", async () => {
    render(
      <Router>
        <Link to="/releases?env=prod">Releases</Link>
        <Where />
      </Router>,
    );
    expect(screen.getByRole("status").textContent).toBe("/ all");
    fireEvent.click(screen.getByRole("link"));
    expect(await screen.findByText("/releases prod")).toBeTruthy();
    window.history.replaceState(null, "", "/drift");
    window.dispatchEvent(new PopStateEvent("popstate"));
    expect(await screen.findByText("/drift all")).toBeTruthy();
  });

  it.each([{ ctrlKey: true }, { metaKey: true }, { shiftKey: true }, { altKey: true }, { button: 1 }])(
    "leaves a click with %o to the browser",
    (how) => {
      render(
        <Router>
          <Link to="/releases">Releases</Link>
          <Where />
        </Router>,
      );
      fireEvent.click(screen.getByRole("link"), how);
      expect(screen.getByRole("status").textContent).toBe("/ all");
    },
  );

  it("leaves no entry for Back when a filter is typed", () => {
    const pushed = vi.spyOn(window.history, "pushState");
    go("/releases?q=a", { replace: true });
    expect(pushed).not.toHaveBeenCalled();
    expect(window.location.search).toBe("?q=a");
  });
});
