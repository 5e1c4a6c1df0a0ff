/** What to tell a user who needs more than the stand-in can do. */
export const OFFICIAL_PLUGIN_ADVICE =
  'Where it can be downloaded, the official plugin does it: "pulumi plugin install resource kubernetes".';
