import type { MetricsReport } from "./metrics-markdown.ts";

/** For programs. Its shape changes only together with `version`. */
export function renderMetricsJson({ metrics, evidence }: MetricsReport): string {
  const { version, ...figures } = metrics;
  return `${JSON.stringify({ version, evidence, ...figures }, undefined, 2)}\n`;
}
