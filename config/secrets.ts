import * as pulumi from "@pulumi/pulumi";
import { type Check, isUnset, type Rule } from "./checks.ts";

// Project-wide `secret: true` cannot say it: the CLI would then refuse every stack that leaves the setting out.
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean };

/**
 * Accepts a secret setting of the stack's top level, encrypted by `pulumi config set --secret`, for which `isLegal`
 * holds; an unset one is undefined. Its value is in no message, and the output keeps it encrypted in the state.
 */
export function secret(isLegal: (value: string) => boolean, rule: Rule): Check<pulumi.Output<string> | undefined> {
  return (value, path, faults) => {
    if (isUnset(value) || value === "") return undefined;
    const cure = `pulumi config set --secret ${path}`;
    if (!isConfigSecret(`${new pulumi.Config().name}:${path}`)) {
      faults.push(`${path} is stored in plain text; expected a secret. Fix: ${cure}`);
    } else if (!isLegal(String(value))) {
      faults.push(`${path} is [secret]; expected ${rule.expected}. Fix: ${rule.cure ?? cure}`);
    }
    return pulumi.secret(String(value));
  };
}
