/** wx.getFileSystemManager(): a few files in memory, enough to hand one on. */
import { call, Refused } from "./calls.js";

const files = new Map();

function read(path, encoding) {
  if (!files.has(path)) throw new Error(`readFileSync:fail no such file or directory, open ${path}`);
  const data = files.get(path);
  return encoding && typeof data !== "string" ? new TextDecoder().decode(data) : data;
}

const manager = {
  writeFileSync: (path, data) => void files.set(path, data),
  readFileSync: read,
  unlinkSync: (path) => void files.delete(path),
  accessSync: (path) => void read(path),
  writeFile: call("writeFile", ({ filePath, data }) => void files.set(filePath, data)),
  readFile: call("readFile", ({ filePath, encoding }) => ({ data: read(filePath, encoding) })),
  access: call("access", ({ path }) => {
    if (!files.has(path)) throw new Refused(`no such file or directory, access '${path}'`);
  }),
  unlink: call("unlink", ({ filePath }) => void files.delete(filePath)),
};

export const fileSystem = { getFileSystemManager: () => manager };
