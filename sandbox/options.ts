/**
 * Refuses options that npm took for its own because `--` was forgotten before them: `npm run down --name b` would remove
 * the default sandbox instead of b.
 *
 * @throws Error that says how to write it
 */
export function refuseSwallowedOptions(names: readonly string[]): void {
  for (const name of names) {
    const value = process.env[`npm_config_${name}`];
    if (value !== undefined) {
      throw new Error(
        `npm took --${name} for an option of its own; write -- before it: npm run ... -- --${name} ${value}`,
      );
    }
  }
}
