// The browser of the programs that need one.
import { existsSync } from "node:fs";

// Without windows, tabs and bars Chromium starts in half of the time; its pages are the same.
const BROWSERS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts the Chromium that CHROMIUM names, or the first that this machine has. */
export async function launch() {
  const executablePath = process.env.CHROMIUM || BROWSERS.find(existsSync);
  if (!executablePath) {
    console.error("not ok - Chromium is not on this machine; CHROMIUM names its program");
    process.exit(3);
  }

  // Not before it is needed: it takes a second.
  const { chromium } = await import("playwright-core");
  return chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"] });
}
