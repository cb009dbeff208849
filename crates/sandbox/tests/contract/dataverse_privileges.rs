//! Users, roles and privileges of Dataverse (B11, B55): who is refused what, and how an application can know before.

use couplet_sandbox::{Sandbox, System, UnknownName};
use serde_json::{Value, json};

use crate::client::{Client, query, sandbox};
use crate::dataverse_sales::{refused, text};

const API: &str = "/api/data/v9.2";
const CALLER: &str = "# CoupletIntegration";
/// A user with a licence, so with the role Salesperson.
const SELLER: &str = "Annette Hill";

fn client(sandbox: &Sandbox) -> Client<'_> {
    Client { sandbox, system: System::Dataverse }
}

fn set_roles(sandbox: &Sandbox, user: &str, roles: &[&str]) {
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    sandbox.set_roles(user, &roles).expect("a user and roles of the demo data");
}

fn one(client: &Client<'_>, set: &str, filter: &str) -> Value {
    let rows = client.rows(&format!("{API}/{set}?{}", query(&format!("$filter={filter}"))));
    assert_eq!(rows.len(), 1, "{set}: {filter}");
    rows[0].clone()
}

fn privilege(client: &Client<'_>, name: &str) -> String {
    text(&one(client, "privileges", &format!("name eq '{name}'")), "privilegeid").to_owned()
}

fn names(answer: &Value) -> Vec<&str> {
    let list = answer["RolePrivileges"].as_array().expect("privileges");
    list.iter().map(|it| it["PrivilegeName"].as_str().expect("a name")).collect()
}

#[test]
fn b55_without_the_privilege_a_request_is_refused() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    set_roles(&sandbox, CALLER, &["Salesperson"]);
    let account = client.rows(&format!("{API}/accounts?$top=1"))[0].clone();
    let at = format!("{API}/accounts({})", text(&account, "accountid"));
    assert_eq!(client.send("POST", &format!("{API}/accounts"), &[], r#"{"name":"Neu"}"#).status, 204);
    assert_eq!(client.send("PATCH", &at, &[], r#"{"name":"Neu"}"#).status, 204);
    let delete = client.send("DELETE", &at, &[], "");
    refused(&delete, 403, "0x80040220");
    let message = delete.message();
    assert!(message.contains("is missing prvDeleteAccount privilege (Id="), "{message}");
    assert!(message.contains("on OTC=1 for entity 'account'"), "{message}");
    assert_eq!(client.get(&at).status, 200, "the row stays");
    let unit = json!({"name": "NAV BOX", "baseuomname": "BOX"}).to_string();
    let create = client.send("POST", &format!("{API}/uomschedules"), &[], &unit);
    refused(&create, 403, "0x80040220");
    assert!(create.message().contains("prvCreateProduct"), "unit groups share it: {}", create.message());
    let bulk = json!({"Targets": [{"@odata.type": "Microsoft.Dynamics.CRM.bcbi_company", "bcbi_name": "x"}]});
    let bulk = client.send(
        "POST",
        &format!("{API}/bcbi_companies/Microsoft.Dynamics.CRM.CreateMultiple"),
        &[],
        &bulk.to_string(),
    );
    refused(&bulk, 403, "0x80040220");

    set_roles(&sandbox, CALLER, &[]);
    let nobody = client.get(&format!("{API}/accounts?$top=1"));
    refused(&nobody, 403, "0x80042f09");
    assert_eq!(client.get(&format!("{API}/WhoAmI")).status, 200, "anybody may ask who they are");
    assert_eq!(client.get(&format!("{API}/EntityDefinitions?$select=LogicalName")).status, 200);
    set_roles(&sandbox, CALLER, &["System Administrator"]);
    assert_eq!(client.send("DELETE", &at, &[], "").status, 204, "an administrator may do everything");
    let unknown = sandbox.set_roles("Nobody", &[]);
    assert_eq!(unknown, Err(UnknownName { name: "Nobody".to_owned() }));
    let control = sandbox.control("POST", "roles", br##"{"user":"# CoupletIntegration","roles":[]}"##);
    assert_eq!((control.status, client.get(&format!("{API}/accounts")).status), (204, 403));
    assert_eq!(sandbox.control("POST", "roles", br#"{"user":"x","roles":[]}"#).status, 404);
}

#[test]
fn b55_reading_through_another_table_needs_its_privilege() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let role = text(&one(&client, "roles", "name eq 'Salesperson'"), "roleid").to_owned();
    let read = privilege(&client, "prvReadContact");
    let body = json!({"PrivilegeId": read}).to_string();
    let action = format!("{API}/roles({role})/Microsoft.Dynamics.CRM");
    assert_eq!(client.send("POST", &format!("{action}.RemovePrivilegeRole"), &[], &body).status, 204);
    set_roles(&sandbox, CALLER, &["Salesperson"]);
    let fetch = "<fetch><entity name='account'><link-entity name='contact' from='contactid' to='primarycontactid'/></entity></fetch>";
    for url in [
        "contacts?$top=1".to_owned(),
        "contacts/$count".to_owned(),
        "accounts?$expand=primarycontactid($select=fullname)&$top=1".to_owned(),
        format!("accounts?fetchXml={}", fetch.replace(' ', "%20").replace('<', "%3C").replace('>', "%3E")),
    ] {
        let answer = client.get(&format!("{API}/{url}"));
        refused(&answer, 403, "0x80040220");
        assert!(answer.message().contains("prvReadContact"), "{url}: {}", answer.message());
    }
    assert_eq!(client.get(&format!("{API}/accounts?$top=1")).status, 200);
    // A salesperson gives no privileges.
    let add = json!({"Privileges": [{"Depth": "Global", "PrivilegeId": read}]}).to_string();
    refused(&client.send("POST", &format!("{action}.AddPrivilegesRole"), &[], &add), 403, "0x80040220");
    set_roles(&sandbox, CALLER, &["Business Central Integration"]);
    let basic = json!({"Privileges": [{"Depth": "Basic", "PrivilegeId": read}]}).to_string();
    refused(&client.send("POST", &format!("{action}.AddPrivilegesRole"), &[], &basic), 501, "0x80040224");
    assert_eq!(client.send("POST", &format!("{action}.AddPrivilegesRole"), &[], &add).status, 204);
    set_roles(&sandbox, CALLER, &["Salesperson"]);
    assert_eq!(client.get(&format!("{API}/contacts?$top=1")).status, 200);
}

#[test]
fn b55_lookups_and_owners_need_privileges_too() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let role = text(&one(&client, "roles", "name eq 'Salesperson'"), "roleid").to_owned();
    for name in ["prvAppendToContact", "prvAssignAccount"] {
        let body = json!({"PrivilegeId": privilege(&client, name)}).to_string();
        let action = format!("{API}/roles({role})/Microsoft.Dynamics.CRM.RemovePrivilegeRole");
        assert_eq!(client.send("POST", &action, &[], &body).status, 204);
    }
    let contact = text(&client.rows(&format!("{API}/contacts?$top=1"))[0], "contactid").to_owned();
    let team = text(&client.rows(&format!("{API}/teams?$top=1"))[0], "teamid").to_owned();
    let account = text(&client.rows(&format!("{API}/accounts?$top=1"))[0], "accountid").to_owned();
    set_roles(&sandbox, CALLER, &["Salesperson"]);
    let at = format!("{API}/accounts({account})");
    for (body, missing) in [
        (json!({"primarycontactid@odata.bind": format!("/contacts({contact})")}), "prvAppendToContact"),
        (json!({"ownerid@odata.bind": format!("/teams({team})")}), "prvAssignAccount"),
    ] {
        let answer = client.send("PATCH", &at, &[], &body.to_string());
        refused(&answer, 403, "0x80040220");
        assert!(answer.message().contains(missing), "{}", answer.message());
    }
    assert_eq!(client.send("PATCH", &at, &[], r#"{"primarycontactid":null}"#).status, 204);
}

#[test]
fn b55_privileges_can_be_read_beforehand() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let definition =
        client.get(&format!("{API}/EntityDefinitions(LogicalName='salesorder')?$select=Privileges"));
    let list = definition.json["Privileges"].as_array().expect("privileges").clone();
    let create = list.iter().find(|it| it["PrivilegeType"] == "Create").expect("one to create");
    assert_eq!(text(create, "Name"), "prvCreateOrder");
    assert_eq!(text(create, "PrivilegeId"), privilege(&client, "prvCreateOrder"));

    let user = one(&client, "systemusers", &format!("fullname eq '{SELLER}'"));
    let at = format!("{API}/systemusers({})", text(&user, "systemuserid"));
    let all = client.get(&format!("{at}/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()")).json;
    assert!(names(&all).contains(&"prvCreateAccount") && !names(&all).contains(&"prvDeleteAccount"));
    assert!(all["RolePrivileges"].as_array().is_some_and(|it| it.iter().all(|it| it["Depth"] == "Global")));
    let by_name = |name: &str| {
        let call = format!("RetrieveUserPrivilegeByPrivilegeName(PrivilegeName='{name}')");
        client.get(&format!("{at}/Microsoft.Dynamics.CRM.{call}")).json
    };
    assert_eq!(names(&by_name("prvWriteContact")), ["prvWriteContact"]);
    assert!(names(&by_name("prvDeleteContact")).is_empty());

    let account = text(&client.rows(&format!("{API}/accounts?$top=1"))[0], "accountid").to_owned();
    let access = |principal: &str, link: &str| {
        let call = "Microsoft.Dynamics.CRM.RetrievePrincipalAccess(Target=@t)";
        let link = query(&format!("@t={{'@odata.id':'{link}'}}"));
        text(&client.get(&format!("{principal}/{call}?{link}")).json, "AccessRights").to_owned()
    };
    let rights = access(&at, &format!("accounts({account})"));
    assert_eq!(rights, "CreateAccess, ReadAccess, WriteAccess, AppendAccess, AppendToAccess, AssignAccess");
    let team = one(&client, "teams", "contains(name,'bcc00001')");
    let team = format!("{API}/teams({})", text(&team, "teamid"));
    assert!(access(&team, &format!("accounts({account})")).contains("DeleteAccess"), "the integration role");
    let of_team = client.get(&format!("{team}/Microsoft.Dynamics.CRM.RetrieveTeamPrivileges()")).json;
    assert!(names(&of_team).contains(&"prvDeleteAccount"));

    let role = one(&client, "roles", "roleid eq a2b18661-9ff5-e911-a812-000d3a0b9028");
    let of_role =
        client.get(&format!("{API}/RetrieveRolePrivilegesRole(RoleId={})", text(&role, "roleid"))).json;
    assert_eq!(names(&of_role).len(), names(&of_team).len());
    let path =
        format!("{API}/roles({})/roleprivileges_association?$select=name&$top=2", text(&role, "roleid"));
    assert_eq!(client.rows(&path).len(), 2, "B30");
}

#[test]
fn b55_roles_of_teams_are_those_of_their_members() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let who = text(&client.get(&format!("{API}/WhoAmI")).json, "UserId").to_owned();
    let team = text(&one(&client, "teams", "contains(name,'bcc00001')"), "teamid").to_owned();
    let link = json!({"@odata.id": format!("systemusers({who})")}).to_string();
    let path = format!("{API}/teams({team})/teammembership_association/$ref");
    assert_eq!(client.send("POST", &path, &[], &link).status, 204, "B44");
    set_roles(&sandbox, CALLER, &[]);
    assert_eq!(
        client.send("POST", &format!("{API}/products"), &[], "{}").status,
        400,
        "allowed, but incomplete"
    );
}

#[test]
fn b11_both_users_need_the_privilege() {
    let sandbox = sandbox(20);
    let client = client(&sandbox);
    let seller = one(&client, "systemusers", &format!("fullname eq '{SELLER}'"));
    let (id, object) = (text(&seller, "systemuserid"), text(&seller, "azureactivedirectoryobjectid"));
    for header in [("MSCRMCallerID", id), ("CallerObjectId", object)] {
        let who = client.send("GET", &format!("{API}/WhoAmI"), &[header], "");
        assert_eq!(text(&who.json, "UserId"), id, "{header:?}");
        let full = [header, ("Prefer", "return=representation")];
        let made = client.send("POST", &format!("{API}/accounts"), &full, r#"{"name":"A"}"#).json;
        assert_eq!(text(&made, "_createdby_value"), id);
        let at = format!("{API}/accounts({})", text(&made, "accountid"));
        let delete = client.send("DELETE", &at, &[header], "");
        refused(&delete, 403, "0x80040220");
        assert_eq!(client.send("DELETE", &at, &[], "").status, 204, "the caller alone may");
    }
    set_roles(&sandbox, CALLER, &["Business Central Integration"]);
    let acting = client.send("GET", &format!("{API}/accounts"), &[("CallerObjectId", object)], "");
    refused(&acting, 403, "0x80040220");
    assert!(acting.message().contains("prvActOnBehalfOfAnotherUser"), "{}", acting.message());
    set_roles(&sandbox, CALLER, &["Salesperson", "Delegate"]);
    set_roles(&sandbox, SELLER, &["Business Central Integration"]);
    let account = text(&client.rows(&format!("{API}/accounts?$top=1"))[0], "accountid").to_owned();
    let delete = client.send("DELETE", &format!("{API}/accounts({account})"), &[("MSCRMCallerID", id)], "");
    refused(&delete, 403, "0x80040220");
    let disabled =
        text(&one(&client, "systemusers", "fullname eq 'Hélène Duchêne'"), "systemuserid").to_owned();
    let acting = client.send("GET", &format!("{API}/accounts"), &[("MSCRMCallerID", &disabled)], "");
    refused(&acting, 403, "0x80041d1f");
}
