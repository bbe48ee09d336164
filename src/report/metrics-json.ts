import { renderJson } from "./json.ts";
import type { MetricsReport } from "./metrics-markdown.ts";

/** For programs. Its shape changes only together with `version`. */
export function renderMetricsJson({ metrics, evidence }: MetricsReport): string {
  const { version, ...figures } = metrics;
  return renderJson({ version, evidence, ...figures });
}
