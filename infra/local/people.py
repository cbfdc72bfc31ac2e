"""Who may sign in to the local console: people of the user pool that the template makes."""

import emulator

EDITOR = "editor@example.com"
ROLES = ("reviewer", "editor", "operator")


def ensure(stack: dict, password: str) -> None:
    """The one that `make demo` and `make up` tell of: of the demo's tenant, with every role."""
    put(stack, EDITOR, password, "demo", ROLES)


def put(stack: dict, email: str, password: str, tenant: str, groups: tuple[str, ...], name: str = "") -> None:
    """Somebody of a tenant, with groups; whoever is there already gets this password, tenant and these groups as well."""
    pool, idp = stack["people_pool"], emulator.client("cognito-idp", stack["endpoint_url"])
    attributes = {"email": email, "email_verified": "true", "custom:tenant": tenant, "name": name or email.split("@")[0].title()}
    listed = [{"Name": key, "Value": value} for key, value in attributes.items()]
    try:
        idp.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=listed, MessageAction="SUPPRESS")
    except idp.exceptions.UsernameExistsException:
        idp.admin_update_user_attributes(UserPoolId=pool, Username=email, UserAttributes=listed)
    idp.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)
    for group in groups:
        try:
            idp.create_group(UserPoolId=pool, GroupName=group)
        except idp.exceptions.GroupExistsException:
            pass
        idp.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
