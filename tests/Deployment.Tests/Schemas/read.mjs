// Reads YAML from the standard input, with all its documents, and writes what is in it as JSON: {"documents": […], "problems": ["…"]}.
//
//   node read.mjs [--kubernetes]
//
// With --kubernetes each document is held against the schema of its apiVersion and kind; what a schema does not know is a problem too.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";

// By the group of apiVersion; the others are Kubernetes' own.
const packages = {
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

const problems = [];
// YAML 1.1 is what Kubernetes reads: yes, no, on and off are booleans there.
const documents = parseAllDocuments(readFileSync(0, "utf8"), { version: "1.1", uniqueKeys: true, merge: true })
  .map(document => {
    problems.push(...document.errors.map(error => error.message), ...document.warnings.map(warning => warning.message));
    return document.errors.length === 0 ? document.toJS() : null;
  })
  .filter(document => document !== null);

if (process.argv.includes("--kubernetes")) {
  for (const document of documents) {
    problems.push(...(await check(document)).map(problem => `${document.kind}/${document.metadata?.name}: ${problem}`));
  }
}

process.stdout.write(JSON.stringify({ documents, problems }));

async function check(document) {
  const { apiVersion, kind } = document;
  if (typeof apiVersion !== "string" || typeof kind !== "string") {
    return ["it has no apiVersion, or no kind"];
  }

  let model;
  try {
    model = (await import(`${packages[apiVersion.split("/")[0]] ?? "kubernetes-models"}/${apiVersion}/${kind}`))[kind];
  } catch (error) {
    if (error.code === "ERR_PACKAGE_PATH_NOT_EXPORTED" || error.code === "ERR_MODULE_NOT_FOUND") {
      return [`there is no ${kind} in ${apiVersion}`];
    }

    throw error;
  }

  // The compiled schemas pass over what they do not know, where Kubernetes refuses it or, worse, drops it. But they ask for each property that they know,
  // and go through all keys of a map: so what nobody has asked for is unknown.
  const unknown = [];
  const [watched, finish] = watch(document, "", unknown);
  try {
    model.prototype.validate.call(watched);
  } catch (error) {
    return error.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`) ?? [error.message];
  }

  finish();
  return unknown.map(path => `${path} is not known`);
}

// A stand-in for a value that notes what is asked for, and a function that then names what nobody has.
function watch(value, path, unknown) {
  if (typeof value !== "object" || value === null) {
    return [value, () => {}];
  }

  const asked = new Map();
  let isMap = Array.isArray(value);
  const proxy = new Proxy(value, {
    get(target, key) {
      if (typeof key !== "string" || !Object.hasOwn(target, key)) {
        // That a schema knows other properties shows that it is no free object.
        if (typeof key === "string") {
          asked.set(key, null);
        }

        return target[key];
      }

      if (!asked.get(key)) {
        asked.set(key, watch(target[key], `${path}/${key}`, unknown));
      }

      return asked.get(key)[0];
    },
    ownKeys(target) {
      isMap = true;
      return Reflect.ownKeys(target);
    },
  });

  return [proxy, () => {
    // One of which nothing was asked is free: its schema says no more than that it is an object.
    for (const key of asked.size === 0 || isMap ? [] : Object.keys(value)) {
      if (!asked.has(key)) {
        unknown.push(`${path}/${key}`);
      }
    }

    asked.forEach(inner => inner?.[1]());
  }];
}
