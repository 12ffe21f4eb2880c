/** What the reader chose, kept in this browser. Where storage is refused (private windows), it lasts until the page closes. */
import { useEffect, useState } from "preact/hooks";

const kept = new Map<string, string>();
const CHANGED = "board:preference";

export function preference<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
  let value = kept.get(name);
  try {
    value ??= window.localStorage.getItem(`board.${name}`) ?? undefined;
  } catch {
    // Storage is refused: the first choice holds.
  }
  return choices.find((choice) => choice === value) ?? choices[0];
}

export function choose(name: string, value: string): void {
  kept.set(name, value);
  try {
    window.localStorage.setItem(`board.${name}`, value);
  } catch {
    // Storage is refused: the choice lasts until the page closes.
  }
  window.dispatchEvent(new Event(CHANGED));
}

/** For tests: a browser that never was here. */
export function forget(): void {
  kept.clear();
  window.localStorage.clear();
}

/** The choice, followed wherever it is shown. */
export function usePreference<T extends string>(name: string, choices: readonly [T, ...T[]]): T {
  const [value, setValue] = useState(() => preference(name, choices));
  useEffect(() => {
    const follow = () => setValue(preference(name, choices));
    follow(); // it may have changed between being drawn and listening
    window.addEventListener(CHANGED, follow);
    return () => window.removeEventListener(CHANGED, follow);
  }, [name, choices]);
  return value;
}
