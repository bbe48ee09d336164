import { applyPatch, type ModelRequest, message, type Reply } from "../world/model.ts";

/** A turn of the model that adds these files, one patch a request, and then says that it is done. */
export function addFiles(files: Readonly<Record<string, string>>): (request: ModelRequest) => Reply {
  return ({ toolOutputs }) => {
    const file = Object.entries(files)[toolOutputs.length];
    if (file === undefined) return [message("The approved plan is carried out.")];
    const [path, content] = file;
    const lines = content.trimEnd().split("\n");
    return [applyPatch([`*** Add File: ${path}`, ...lines.map((line) => `+${line}`)])];
  };
}
