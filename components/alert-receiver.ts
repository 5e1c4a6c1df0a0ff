import type { IAlertmanagerConfig } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1alpha1/AlertmanagerConfig";

/**
 * Who is told of alerts: an own web service (`webhook`), a channel of Slack by an incoming webhook (`slack`), or PagerDuty
 * by the integration key of Events API v2 (`pagerduty`).
 */
export type AlertReceiver = "webhook" | "slack" | "pagerduty";

/** Key of the receiver's address or key in its Secret. */
export const RECEIVER_KEY = "receiver";

type Receiver = NonNullable<IAlertmanagerConfig["spec"]["receivers"]>[number];

const NAME = "vllm";
const TITLE = "{{ .CommonLabels.alertname }} {{ .CommonLabels.version }} ({{ .Status }})";
const TEXT =
  "{{ range .Alerts }}{{ .Annotations.summary }}\n{{ .Annotations.description }}\n{{ .Annotations.runbook_url }}\n{{ end }}";

/**
 * The spec by which Alertmanager tells the receiver of the alerts of its namespace, one message for all pods of a version.
 * What wakes somebody is said at once and again every hour; a ticket once a day.
 */
export function alertmanagerConfigSpec(receiver: AlertReceiver, secret: string): IAlertmanagerConfig["spec"] {
  return {
    receivers: [{ name: NAME, ...settingsOf(receiver, { name: secret, key: RECEIVER_KEY }) }],
    route: {
      receiver: NAME,
      groupBy: ["alertname", "version"],
      groupWait: "10s",
      groupInterval: "1m",
      repeatInterval: "1d",
      routes: [
        {
          receiver: NAME,
          matchers: [{ name: "severity", value: "critical", matchType: "=" }],
          repeatInterval: "1h",
        },
      ],
    },
  };
}

function settingsOf(receiver: AlertReceiver, key: { name: string; key: string }): Omit<Receiver, "name"> {
  switch (receiver) {
    case "webhook":
      return { webhookConfigs: [{ urlSecret: key, sendResolved: true }] };
    case "slack":
      return { slackConfigs: [{ apiURL: key, sendResolved: true, title: TITLE, text: TEXT }] };
    case "pagerduty":
      return {
        pagerdutyConfigs: [
          { routingKey: key, sendResolved: true, severity: "{{ .CommonLabels.severity }}", description: TITLE },
        ],
      };
  }
}
