// Page objects of the setup: environments found by listing, salespeople, settings of the connections, upgrade.
import { readFile } from "node:fs/promises";

import { PageObject } from "./page-object.mjs";

/** A page of parts with a heading each. */
class Parts extends PageObject {
  /** The part under this heading. */
  part(name) {
    return this.page.getByRole("region", { name });
  }
}

/** Environments and companies found by listing. */
export class EnvironmentFinder extends Parts {
  async open(system) {
    await this.goTo(`/setup/find/${system}`);
    await this.part("1. Who signs in").getByLabel("Tenant").waitFor();
  }

  /** Where environments are listed: the sandbox, with its identity provider. */
  async enterPlace(tenant, clientId) {
    await this.page.getByLabel("Where it runs").selectOption("Sandbox with demo data");
    await this.enterText("Tenant", tenant);
    await this.enterText("Client ID", clientId);
  }

  /** Signs in at the identity provider and comes back. */
  async signIn(name) {
    await this.clickButton("Sign in and list environments");
    await this.page.getByLabel(name).check();
    await this.clickButton("Sign in");
    await this.part("2. Environment").waitFor();
  }
}

/** Salespeople and users. */
export class Salespeople extends Parts {
  async open() {
    await this.goTo("/setup/salespeople");
    await this.page.getByRole("heading", { level: 1, name: "Salespeople and users" }).waitFor();
  }

  /** Applies the default setup with ownership model Person, everything as the standard says. */
  async applyPerson() {
    await this.goTo("/default-setup");
    await this.page.locator("input[type=radio]").nth(1).check();
    await this.page.locator(".head__actions .button--primary:enabled").click();
    await this.page.locator(".notice").first().waitFor();
  }
}

/** The settings of the connections. */
export class ConnectionSettings extends Parts {
  async open() {
    await this.goTo("/connections/settings");
    await this.part("Dataverse").getByText("Yes:", { exact: false }).first().waitFor();
  }

  async exportWorkspace() {
    await this.goTo("/workspace");
    const download = this.page.waitForEvent("download");
    await this.clickButton("Export the workspace");
    return JSON.parse(await readFile(await (await download).path(), "utf8"));
  }
}

/** The upgrade from a Sales-only connection. */
export class Upgrade extends Parts {
  async open() {
    await this.goTo("/setup/upgrade");
    await this.part("Rehearsal").waitFor();
  }

  /** The path of the downloaded backup. */
  async downloadBackup() {
    const download = this.page.waitForEvent("download");
    await this.clickButton("Download the backup");
    const path = await (await download).path();
    await this.page.getByText(/^The backup is couplet-before-upgrade-/).waitFor();
    return path;
  }
}
