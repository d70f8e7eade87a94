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
