"""Every WorkMail operation we offer, worked and refused through unmodified boto3, held to the service model."""
import botocore.exceptions
import pytest
from model_check import ModelCheck

OFFERED = set("""
    CreateOrganization DescribeOrganization ListOrganizations DeleteOrganization
    RegisterMailDomain DeregisterMailDomain GetMailDomain ListMailDomains UpdateDefaultMailDomain
    CreateUser DescribeUser UpdateUser DeleteUser ListUsers ResetPassword
    RegisterToWorkMail DeregisterFromWorkMail CreateAlias DeleteAlias ListAliases UpdatePrimaryEmailAddress DescribeEntity
    CreateGroup DescribeGroup UpdateGroup DeleteGroup ListGroups
    AssociateMemberToGroup DisassociateMemberFromGroup ListGroupMembers ListGroupsForEntity
    CreateResource DescribeResource UpdateResource DeleteResource ListResources GetMailboxDetails UpdateMailboxQuota
    PutMobileDeviceAccessOverride GetMobileDeviceAccessOverride ListMobileDeviceAccessOverrides DeleteMobileDeviceAccessOverride
    PutMailboxPermissions ListMailboxPermissions DeleteMailboxPermissions
    CreateAvailabilityConfiguration UpdateAvailabilityConfiguration ListAvailabilityConfigurations
    DeleteAvailabilityConfiguration TestAvailabilityConfiguration
""".split())


@pytest.fixture(scope="module")
def client(server):
    client = server.boto3("workmail")
    client.check = ModelCheck(client)
    return client


@pytest.fixture(scope="module")
def organization(client):
    created = client.create_organization(Alias="model", Domains=[{"DomainName": "model.example"}])["OrganizationId"]
    client.register_mail_domain(OrganizationId=created, DomainName="second.example", ClientToken="a-token")
    return created


def refused(call, **parameters):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def test_domains(client, organization):
    here = {"OrganizationId": organization}
    assert client.get_mail_domain(DomainName="model.example", **here)["OwnershipVerificationStatus"] == "VERIFIED"
    client.update_default_mail_domain(DomainName="model.example", **here)
    domains = client.list_mail_domains(**here)["MailDomains"]
    assert [d["DomainName"] for d in domains if d["DefaultDomain"]] == ["model.example"]
    client.deregister_mail_domain(DomainName="second.example", **here)
    assert refused(client.get_mail_domain, DomainName="second.example", **here) == "MailDomainNotFoundException"
    assert refused(client.deregister_mail_domain, DomainName="model.example", **here) == "MailDomainInUseException"


def test_users(client, organization):
    here = {"OrganizationId": organization}
    user = client.create_user(Name="ann", DisplayName="Ann", Password="Secret-Pass-1", FirstName="Ann", **here)["UserId"]
    client.describe_user(UserId=user, **here)
    assert refused(client.create_user, Name="ANN", DisplayName="x", **here) == "NameAvailabilityException"
    assert refused(client.create_user, Name="amazonjournaling", DisplayName="x", **here) == "ReservedNameException"
    assert refused(client.create_user, Name="weak", DisplayName="x", Password="weak", **here) == "InvalidPasswordException"
    assert refused(client.get_mailbox_details, UserId=user, **here) == "EntityNotFoundException"
    assert refused(client.create_alias, EntityId=user, Alias="a@model.example", **here) == "EntityStateException"
    client.register_to_work_mail(EntityId="ann", Email="ann@model.example", **here)
    client.register_to_work_mail(EntityId=user, Email="ann@model.example", **here)
    assert refused(client.register_to_work_mail, EntityId=user, Email="x@model.example", **here) == "EntityAlreadyRegisteredException"
    client.create_alias(EntityId=user, Alias="info@model.example", **here)
    client.update_primary_email_address(EntityId="ann", Email="info@model.example", **here)
    assert set(client.list_aliases(EntityId=user, **here)["Aliases"]) == {"ann@model.example", "info@model.example"}
    client.delete_alias(EntityId=user, Alias="ann@model.example", **here)
    assert client.describe_entity(Email="info@model.example", **here) ["EntityId"] == user
    client.update_user(UserId=user, City="Ulm", HiddenFromGlobalAddressList=True, **here)
    assert client.describe_user(UserId="info@model.example", **here)["City"] == "Ulm"
    client.reset_password(UserId=user, Password="Other-Pass-2", **here)
    client.update_mailbox_quota(UserId="ann", MailboxQuota=100, **here)
    assert client.get_mailbox_details(UserId=user, **here)["MailboxQuota"] == 100
    assert refused(client.delete_user, UserId=user, **here) == "EntityStateException"
    assert client.list_users(Filters={"UsernamePrefix": "an"}, **here)["Users"][0]["Email"] == "info@model.example"
    client.deregister_from_work_mail(EntityId=user, **here)
    client.list_users(**here)
    client.delete_user(UserId=user, **here)
    assert refused(client.reset_password, UserId="0" * 36, Password="Other-Pass-2", **here) == "EntityNotFoundException"


def test_groups_and_resources(client, organization):
    here = {"OrganizationId": organization}
    user = client.create_user(Name="bob", DisplayName="Bob", **here)["UserId"]
    group = client.create_group(Name="Everybody & all", **here)["GroupId"]
    client.register_to_work_mail(EntityId=group, Email="all@model.example", **here)
    client.associate_member_to_group(GroupId=group, MemberId=user, **here)
    assert refused(client.associate_member_to_group, GroupId=group, MemberId=group, **here) == "InvalidParameterException"
    assert [m["Type"] for m in client.list_group_members(GroupId="all@model.example", **here)["Members"]] == ["USER"]
    assert client.list_groups_for_entity(EntityId="bob", **here)["Groups"] == [{"GroupId": group, "GroupName": "Everybody & all"}]
    client.update_group(GroupId=group, HiddenFromGlobalAddressList=True, **here)
    assert client.describe_group(GroupId=group, **here)["HiddenFromGlobalAddressList"]
    client.list_groups(Filters={"NamePrefix": "every"}, **here)
    client.disassociate_member_from_group(GroupId=group, MemberId=user, **here)
    client.deregister_from_work_mail(EntityId=group, **here)
    client.delete_group(GroupId=group, **here)
    room = client.create_resource(Name="room1", Type="ROOM", Description="up", **here)["ResourceId"]
    client.register_to_work_mail(EntityId=room, Email="room1@model.example", **here)
    assert client.describe_resource(ResourceId="room1", **here)["BookingOptions"]["AutoAcceptRequests"]
    client.update_resource(ResourceId=room, Description="", **here)
    assert refused(client.update_resource, ResourceId=room, BookingOptions={"AutoAcceptRequests": False}, **here) == "InvalidConfigurationException"
    client.list_resources(Filters={"State": "ENABLED"}, **here)
    client.deregister_from_work_mail(EntityId=room, **here)
    client.delete_resource(ResourceId=room, **here)


def test_device_overrides(client, organization):
    here = {"OrganizationId": organization}
    user = client.create_user(Name="dora", DisplayName="Dora", **here)["UserId"]
    put = client.put_mobile_device_access_override
    assert refused(put, UserId=user, DeviceId="D1", Effect="ALLOW", **here) == "EntityStateException"
    client.register_to_work_mail(EntityId=user, Email="dora@model.example", **here)
    put(UserId="dora@model.example", DeviceId="Phone1", Effect="ALLOW", Description="by hand", **here)
    made = client.get_mobile_device_access_override(UserId="dora", DeviceId="PHONE1", **here)
    assert (made["UserId"], made["DeviceId"], made["Effect"], made["Description"]) == (user, "Phone1", "ALLOW", "by hand")
    put(UserId=user, DeviceId="phone1", Effect="DENY", **here)
    changed = client.get_mobile_device_access_override(UserId=user, DeviceId="Phone1", **here)
    assert changed["Effect"] == "DENY" and changed["DateCreated"] == made["DateCreated"] < changed["DateModified"]
    for number in range(5):
        put(UserId="dora", DeviceId=f"more{number}", Effect="ALLOW", **here)
    seen, more = [], {}
    while True:
        page = client.list_mobile_device_access_overrides(UserId="dora@model.example", MaxResults=4, **here, **more)
        seen += [one["DeviceId"] for one in page["Overrides"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert sorted(seen) == ["more0", "more1", "more2", "more3", "more4", "phone1"]
    [found] = client.list_mobile_device_access_overrides(DeviceId="MORE3", **here)["Overrides"]
    assert found["UserId"] == user
    for _ in range(2):
        client.delete_mobile_device_access_override(UserId="dora", DeviceId="Phone1", **here)
    get = client.get_mobile_device_access_override
    assert refused(get, UserId=user, DeviceId="phone1", **here) == "ResourceNotFoundException"
    assert refused(get, UserId="nobody", DeviceId="phone1", **here) == "EntityNotFoundException"
    assert refused(put, UserId=user, DeviceId="no-dashes", Effect="ALLOW", **here) == "InvalidParameterException"
    client.deregister_from_work_mail(EntityId=user, **here)
    client.delete_user(UserId=user, **here)
    assert client.list_mobile_device_access_overrides(**here)["Overrides"] == []


def test_mailbox_permissions(client, organization):
    here = {"OrganizationId": organization}
    owner = client.create_user(Name="olga", DisplayName="Olga", **here)["UserId"]
    put = client.put_mailbox_permissions
    assert refused(put, EntityId=owner, GranteeId=owner, PermissionValues=["SEND_AS"], **here) == "EntityStateException"
    client.register_to_work_mail(EntityId=owner, Email="olga@model.example", **here)
    team = client.create_group(Name="desk", **here)["GroupId"]
    client.register_to_work_mail(EntityId=team, Email="desk@model.example", **here)
    grantees = [client.create_user(Name=f"grantee{number}", DisplayName="x", **here)["UserId"] for number in range(4)]
    for number, grantee in enumerate(grantees):
        client.register_to_work_mail(EntityId=grantee, Email=f"grantee{number}@model.example", **here)
        put(EntityId="olga", GranteeId=grantee, PermissionValues=["FULL_ACCESS", "SEND_AS"], **here)
    put(EntityId="olga@model.example", GranteeId="grantee0@model.example", PermissionValues=["SEND_ON_BEHALF"], **here)
    put(EntityId=owner, GranteeId="desk", PermissionValues=["SEND_AS"], **here)

    def listed():
        pages = client.get_paginator("list_mailbox_permissions").paginate(EntityId="olga", PaginationConfig={"PageSize": 2}, **here)
        return {one["GranteeId"]: (one["GranteeType"], one["PermissionValues"]) for page in pages for one in page["Permissions"]}

    expected = {grantee: ("USER", ["FULL_ACCESS", "SEND_AS"]) for grantee in grantees[1:]}
    assert listed() == expected | {grantees[0]: ("USER", ["SEND_ON_BEHALF"]), team: ("GROUP", ["SEND_AS"])}
    for _ in range(2):
        client.delete_mailbox_permissions(EntityId="olga", GranteeId="desk", **here)
    client.deregister_from_work_mail(EntityId=grantees[0], **here)
    client.delete_user(UserId=grantees[0], **here)
    assert listed() == expected
    assert refused(put, EntityId=team, GranteeId=owner, PermissionValues=["FULL_ACCESS"], **here) == "InvalidParameterException"
    assert refused(put, EntityId=owner, GranteeId="nobody", PermissionValues=["SEND_AS"], **here) == "EntityNotFoundException"
    assert refused(client.list_mailbox_permissions, EntityId="nobody", **here) == "EntityNotFoundException"
    assert refused(client.delete_mailbox_permissions, EntityId=owner, GranteeId="nobody", **here) == "EntityNotFoundException"


def test_availability(client, server, organization):
    here = {"OrganizationId": organization}
    ews = {"EwsEndpoint": "https://ews.partner.example/EWS/Exchange.asmx", "EwsUsername": "asker", "EwsPassword": "Very-Secret-1"}
    arn = f"arn:aws:lambda:{server.card['region']}:{server.card['account']}:function:availability-of-none"
    client.create_availability_configuration(DomainName="partner.example", EwsProvider=ews, ClientToken="once", **here)
    client.create_availability_configuration(DomainName="partner.example", EwsProvider=ews, ClientToken="once", **here)
    create, update = client.create_availability_configuration, client.update_availability_configuration
    assert refused(create, DomainName="partner.example", EwsProvider=ews, **here) == "NameAvailabilityException"
    assert refused(create, DomainName="q.example", **here) == "InvalidParameterException"
    assert refused(create, DomainName="q.example", EwsProvider=ews, LambdaProvider={"LambdaArn": arn}, **here) == "InvalidParameterException"
    for number in range(4):
        create(DomainName=f"d{number}.example", LambdaProvider={"LambdaArn": arn}, **here)
    pages = client.get_paginator("list_availability_configurations").paginate(PaginationConfig={"PageSize": 2}, **here)
    found = {one["DomainName"]: one for page in pages for one in page["AvailabilityConfigurations"]}
    assert len(found) == 5 and "Very-Secret-1" not in str(found)
    assert found["partner.example"]["EwsProvider"] == {"EwsEndpoint": ews["EwsEndpoint"], "EwsUsername": "asker"}
    update(DomainName="partner.example", LambdaProvider={"LambdaArn": arn}, **here)
    assert refused(update, DomainName="none.example", EwsProvider=ews, **here) == "ResourceNotFoundException"
    tested = client.test_availability_configuration(DomainName="partner.example", **here)
    assert not tested["TestPassed"] and "there is no function" in tested["FailureReason"]
    assert refused(client.test_availability_configuration, **here) == "InvalidParameterException"
    for domain in ["partner.example", "partner.example", *(f"d{number}.example" for number in range(4))]:
        client.delete_availability_configuration(DomainName=domain, **here)
    assert client.list_availability_configurations(**here)["AvailabilityConfigurations"] == []


def test_every_paginator_walks_all_pages_once(client, organization):
    here = {"OrganizationId": organization}
    user = client.create_user(Name="pages", DisplayName="x", **here)["UserId"]
    client.register_to_work_mail(EntityId=user, Email="pages@model.example", **here)
    group = client.create_group(Name="paged", **here)["GroupId"]
    for number in range(5):
        member = client.create_user(Name=f"p{number}", DisplayName="x", **here)["UserId"]
        client.associate_member_to_group(GroupId=group, MemberId=member, **here)
        client.create_group(Name=f"g{number}", **here)
        client.create_resource(Name=f"r{number}", Type="EQUIPMENT", **here)
        client.create_alias(EntityId=user, Alias=f"pages{number}@model.example", **here)

    def walk(operation, member, key, **more):
        seen = [key(e) for page in client.get_paginator(operation).paginate(PaginationConfig={"PageSize": 2}, **more) for e in page[member]]
        assert len(seen) == len(set(seen)), operation
        return seen

    by_id = lambda element: element["Id"]  # noqa: E731
    assert len(walk("list_users", "Users", by_id, **here)) >= 6
    assert len(walk("list_groups", "Groups", by_id, **here)) >= 6
    assert len(walk("list_resources", "Resources", by_id, **here)) >= 5
    assert len(walk("list_group_members", "Members", by_id, GroupId=group, **here)) == 5
    assert len(walk("list_aliases", "Aliases", str, EntityId=user, **here)) == 6
    assert len(walk("list_organizations", "OrganizationSummaries", lambda e: e["OrganizationId"])) >= 2


def test_organizations_end(client):
    gone = client.create_organization(Alias="gone")["OrganizationId"]
    assert refused(client.create_organization, Alias="gone") == "NameAvailabilityException"
    assert refused(client.create_organization, Alias="x", DirectoryId="d-0123456789") == "DirectoryUnavailableException"
    assert client.delete_organization(OrganizationId=gone, DeleteDirectory=True)["State"] == "Deleted"
    assert client.describe_organization(OrganizationId=gone)["State"] == "Deleted"
    assert refused(client.list_users, OrganizationId=gone) == "OrganizationStateException"


def test_an_operation_to_come_says_so(client, organization):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        client.list_access_control_rules(OrganizationId=organization)
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"
    assert "not offered yet" in caught.value.response["Error"]["Message"]


def test_everything_offered_was_seen_and_fits_the_model(client):
    assert OFFERED - client.check.answered == set()
    assert client.check.problems == []
