// Reads YAML for the tests, for as long as they run: each line of the standard input is a question, {"text": "…", "isKubernetes": true}, and gets a line with
// the answer, {"documents": […], "problems": ["…"]}. With isKubernetes each document is held against the schema of its apiVersion and kind; what a schema does
// not know is a problem too.
import { createInterface } from "node:readline";
import { parseAllDocuments } from "yaml";

// By the group of apiVersion; the others are Kubernetes' own.
const packages = {
  "gateway.networking.k8s.io": "@kubernetes-models/gateway-api",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await read(JSON.parse(line))) + "\n");
}

async function read({ text, isKubernetes }) {
  // YAML 1.1 is what Kubernetes reads: yes, no, on and off are booleans there.
  const parsed = parseAllDocuments(text, { version: "1.1", uniqueKeys: true, merge: true });
  const problems = parsed.flatMap(document => [...document.errors, ...document.warnings]).map(problem => problem.message);
  const documents = problems.length === 0 ? parsed.map(document => document.toJS()).filter(document => document !== null) : [];
  for (const document of isKubernetes ? documents : []) {
    problems.push(...(await check(document)).map(problem => `${document.kind}/${document.metadata?.name}: ${problem}`));
  }

  return { documents, problems };
}

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
