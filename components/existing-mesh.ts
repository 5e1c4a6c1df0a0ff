import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type GatewayService, loadBalancerAddress } from "./gateway-address.ts";
import type { Labels } from "./service-identity.ts";
import { CONTROL_PLANE_NAMESPACE, type Mesh } from "./service-mesh.ts";

/** Options of {@link ExistingMesh}. */
export interface ExistingMeshArgs {
  /** Revision of the control plane, as its `istio.io/rev` label. undefined: the one without a revision. */
  readonly revision: string | undefined;
  /** Namespace and Service of the ingress gateway. */
  readonly gateway: GatewayService;
}

/** An Istio that is on the cluster already. It is read, never changed. */
export class ExistingMesh extends pulumi.ComponentResource implements Mesh {
  public readonly controlPlane: pulumi.Resource;
  public readonly gatewaySelector: pulumi.Output<Labels>;
  public readonly gatewayAddress: pulumi.Output<string | undefined>;

  /** Looks for the control plane and the gateway's Service: a preview too fails, before anything is made, without them. */
  public constructor(name: string, args: ExistingMeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("vllm-istio-canary:index:ExistingMesh", name, {}, opts);
    const { namespace, service, serviceType } = args.gateway;
    const istiod = args.revision === undefined ? "istiod" : `istiod-${args.revision}`;
    const parent = { parent: this };
    this.controlPlane = k8s.apps.v1.Deployment.get(`${name}-istiod`, `${CONTROL_PLANE_NAMESPACE}/${istiod}`, parent);
    const gateway = k8s.core.v1.Service.get(`${name}-gateway`, `${namespace}/${service}`, parent);
    this.gatewaySelector = gateway.spec.selector;
    this.gatewayAddress =
      serviceType === "LoadBalancer" ? gateway.status.apply(loadBalancerAddress) : pulumi.output(undefined);
    this.registerOutputs({ gatewayAddress: this.gatewayAddress });
  }
}
