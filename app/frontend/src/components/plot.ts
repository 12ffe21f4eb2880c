/** uPlot, loaded when the first chart is shown: the first page does without. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { shortDay, STEPS } from "../time";

export interface Line {
  name: string;
  /** A value for each moment; null is a gap. */
  values: (number | null)[];
}

export interface Drawing {
  /** Epoch seconds, rising. */
  at: number[];
  lines: Line[];
  shape: "bars" | "points" | "steps";
  /** Whether values are stretches of time, in seconds: the axis then goes in minutes, hours and days. */
  lengths?: boolean;
  /** A value in words, for the axis and for what is pointed at. */
  text: (value: number) => string;
  /** Told of the moment that is pointed at, null when none is. */
  point: (index: number | null) => void;
}

const HEIGHT = 190;

/** A colour of the style sheet as it is now: a canvas knows neither variables nor light-dark(). */
function colour(name: string): string {
  const element = document.createElement("span");
  element.style.color = `var(--${name})`;
  document.body.append(element);
  const found = getComputedStyle(element).color;
  element.remove();
  return found;
}

const PATHS: Record<Drawing["shape"], () => uPlot.Series.PathBuilder | undefined> = {
  bars: () => uPlot.paths.bars?.({ size: [0.7, 40], align: 0 }),
  points: () => uPlot.paths.linear?.(),
  steps: () => uPlot.paths.stepped?.({ align: 1 }),
};

/** Half a bar more on both sides, so that the first and the last one are whole. */
function padded({ at, shape }: Drawing, least: number, most: number): [number, number] {
  const step = at.length > 1 ? (most - least) / (at.length - 1) : 86_400;
  return shape === "bars" || least === most ? [least - step / 2, most + step / 2] : [least, most];
}

function options(drawing: Drawing, width: number): uPlot.Options {
  const [ink, grid] = [colour("ink-2"), colour("line")];
  const colours = ["link", "good", "wait", "bad", "old"].map(colour);
  const path = PATHS[drawing.shape]();
  const axis = {
    stroke: ink,
    font: "11px Inter, sans-serif",
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, y: false },
    padding: [8, 8, 0, 0],
    scales: {
      x: { time: true, range: (_, least, most) => padded(drawing, least, most) },
      y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 70, values: (_, moments) => moments.map(shortDay) },
      {
        ...axis,
        size: 66,
        space: 36,
        ...(drawing.lengths ? { incrs: STEPS } : {}),
        values: (_, values) => values.map(drawing.text),
      },
    ],
    series: [
      {},
      ...drawing.lines.map((line, index) => {
        const stroke = colours[index % colours.length] ?? ink;
        return {
          label: line.name,
          stroke,
          width: drawing.shape === "bars" ? 0 : 2,
          ...(drawing.shape === "bars" ? { fill: stroke } : {}),
          ...(path ? { paths: path } : {}),
          points: { show: drawing.shape === "points", size: 6, fill: stroke },
          spanGaps: drawing.shape === "points",
        };
      }),
    ],
    hooks: { setCursor: [(plot) => drawing.point(plot.cursor.idx ?? null)] },
  };
}

/** Draw below `root`, and again when its width or the colours change; returns how to end that. */
export function draw(root: HTMLElement, drawing: Drawing): () => void {
  const data: uPlot.AlignedData = [drawing.at, ...drawing.lines.map((line) => line.values)];
  let plot: uPlot | undefined;
  const again = () => {
    plot?.destroy();
    plot = new uPlot(options(drawing, root.clientWidth), data, root);
  };
  again();
  const resized = new ResizeObserver(() => {
    if (plot && plot.width !== root.clientWidth) plot.setSize({ width: root.clientWidth, height: HEIGHT });
  });
  resized.observe(root);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", again);
  const themed = new MutationObserver(again);
  themed.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    resized.disconnect();
    themed.disconnect();
    dark.removeEventListener("change", again);
    plot?.destroy();
  };
}
