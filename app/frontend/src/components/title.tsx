import type { ComponentChildren, JSX } from "preact";

/** A page's heading, which gets the focus when the reader arrives, and the sentence that sums the page up. */
export function Title({ title, children }: { title: ComponentChildren; children?: ComponentChildren }): JSX.Element {
  return (
    <header class="title">
      <h1 tabIndex={-1}>{title}</h1>
      {children && <p class="summary">{children}</p>}
    </header>
  );
}
