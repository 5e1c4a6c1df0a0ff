import { asList, asMap, asString } from "../rpc/property-values.ts";
import type { PropertyMap, PropertyValue } from "../rpc/property-values.ts";
import { HelmError } from "./helm-command.ts";
import type { HelmCommand } from "./helm-command.ts";
import { parseRelease } from "./release-state.ts";
import type { LiveRelease } from "./release-state.ts";

/** The releases of one cluster. */
export class HelmReleases {
  readonly #helm: HelmCommand;

  constructor(helm: HelmCommand) {
    this.#helm = helm;
  }

  /** The newest revision of the release with this `name` and `namespace`, or undefined if there is none. */
  async find(release: PropertyMap): Promise<LiveRelease | undefined> {
    const target = [asString(release["name"]), "--namespace", asString(release["namespace"]), "--output", "json"];
    try {
      const [status, metadata] = await Promise.all([
        this.#helm.run(["status", ...target]),
        this.#helm.run(["get", "metadata", ...target]),
      ]);
      return parseRelease(JSON.parse(status) as PropertyMap, JSON.parse(metadata) as PropertyMap);
    } catch (error) {
      if (error instanceof HelmError && error.message.includes("release: not found")) return undefined;
      throw error;
    }
  }

  /**
   * Brings a release out of the state that an interrupted helm leaves: back to its last good revision, or away if it
   * has none. Returns what is left of it.
   */
  async undoInterrupted({ name, namespace }: LiveRelease): Promise<LiveRelease | undefined> {
    const scope = [name, "--namespace", namespace];
    const history = JSON.parse(await this.#helm.run(["history", ...scope, "--output", "json"])) as PropertyValue;
    const good = asList(history)
      .map(asMap)
      .filter(({ status }) => status === "deployed" || status === "superseded");
    const revision = good.at(-1)?.["revision"];
    if (typeof revision === "number") await this.#helm.run(["rollback", name, String(revision), ...scope.slice(1)]);
    else await this.#helm.run(["uninstall", ...scope, "--wait"]);
    return await this.find({ name, namespace });
  }
}
