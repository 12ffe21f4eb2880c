/** A chart with its value in words. The numbers are also in a table on the same page. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Drawing } from "./plot";

type Plot = Pick<typeof import("./plot"), "draw">;

export type ChartProps = Omit<Drawing, "point"> & {
  /** What the chart shows, for who can't see it. */
  label: string;
  /** What stands below: about the moment that is pointed at, or about all of it (null). */
  caption: (index: number | null) => string;
};

/** Where charts are drawn: loaded when the first one is shown. */
export const plot = { load: (): Promise<Plot> => import("./plot") };

export function Chart({ at, lines, shape, lengths = false, text, label, caption }: ChartProps): JSX.Element {
  const root = useRef<HTMLDivElement>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const [failed, setFailed] = useState(false);
  const how = useRef({ text });
  how.current = { text };
  const shown = JSON.stringify({ at, lines, shape, lengths });
  useEffect(() => {
    const element = root.current;
    let end: (() => void) | undefined;
    let left = false;
    plot.load().then(
      ({ draw }) => {
        if (left || !element) return;
        const what = JSON.parse(shown) as Pick<Drawing, "at" | "lines" | "shape" | "lengths">;
        end = draw(element, { ...what, text: (value) => how.current.text(value), point: setPointed });
      },
      () => setFailed(true), // a new version of the page was released, and this file is gone
    );
    return () => {
      left = true;
      end?.();
    };
  }, [shown]);
  return (
    <figure class="chart">
      <div ref={root} class="chart-canvas" role="img" aria-label={label} />
      <figcaption class="about">
        {failed ? "The chart could not be loaded. Load the page again; the table has the numbers." : caption(pointed)}
      </figcaption>
    </figure>
  );
}
