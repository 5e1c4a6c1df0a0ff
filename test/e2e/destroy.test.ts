import { describe, expect, inject, it } from "vitest";
import { sandboxEnvironment } from "../../sandbox/environment.ts";
import { run } from "./project.ts";
import { kubeconfigWithContext, kubectl, managedObjects, mustPulumi } from "./stack.ts";

describe("pulumi destroy on a real engine and cluster", () => {
  it("leaves no object of ours, and npm run up -- --context brings all back", async () => {
    expect((await managedObjects()).length).toBeGreaterThan(20);
    await mustPulumi("destroy", "--yes", "--skip-preview");
    const state = JSON.parse(await mustPulumi("stack", "export")) as { deployment: { resources?: unknown[] } };
    expect(state.deployment.resources ?? []).toEqual([]);
    expect(await managedObjects()).toEqual([]);
    const namespaces = await kubectl("get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}");
    expect(namespaces.split(" ").sort()).toEqual(["default", "kube-node-lease", "kube-public", "kube-system"]);
    for (const kind of [
      "clusterroles",
      "clusterrolebindings",
      "validatingwebhookconfigurations",
      "mutatingwebhookconfigurations",
    ]) {
      expect(await kubectl("get", kind, "-o", "name")).not.toContain("istio");
    }
    // A cluster of one's own seldom has a load balancer: the check then goes through a port-forward.
    await mustPulumi("config", "set", "--path", "gateway.serviceType", "ClusterIP");
    await mustPulumi("config", "rm", "kubeContext");
    const context = "own-cluster";
    const { code, output } = await run("npm", ["run", "--silent", "up", "--", "--context", context], {
      cwd: inject("project"),
      env: { ...sandboxEnvironment(inject("sandbox")), KUBECONFIG: await kubeconfigWithContext(context) },
    });
    expect(output).toMatch(/20 requests to http:\/\/127\.0\.0\.1:\d+ \(Host: vllm-service/);
    expect(output).toContain(
      `kubectl --context ${context} -n istio-ingress port-forward service/istio-ingress 8080:80`,
    );
    expect(code).toBe(0);
  });
});
