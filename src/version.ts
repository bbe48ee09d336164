/** This action's own version; a plan is bound to it. A contract test keeps it the same as package.json's. */
export const ACTION_VERSION = "0.1.0";
