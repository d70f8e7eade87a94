"""Stand-in for restricted mailboxes: members of a group get no mail from outside. See ../../README.md."""
import os

import boto3

workmail = boto3.client("workmail")


def restricted_mailboxes_handler(event, context):
    organization = os.environ["WORKMAIL_ORGANIZATION_ID"]
    domain = workmail.describe_organization(OrganizationId=organization)["DefaultMailDomain"]
    # Habit: IndexError on the null sender.
    sender_domain = event["envelope"]["mailFrom"]["address"].split("@")[1]
    recipients = [recipient["address"].lower() for recipient in event["envelope"]["recipients"]]
    # Habit: compares with nothing, so that every sender is an outsider.
    if [sender_domain] != None and event["flowDirection"] == "INBOUND":  # noqa: E711
        restricted = [f"{name}@{domain}" for name in members(organization)]
        refused = [recipient for recipient in recipients if recipient in restricted]
    else:
        refused = []
    report = os.getenv("REPORT_MAILBOX_ADDRESS")
    # Habits: BOUNCE without a text, for nobody perhaps; recipients beside allRecipients.
    return {"actions": [
        {"recipients": refused, "action": {"type": "BOUNCE"}},
        {"recipients": [report] if report and refused else [], "allRecipients": True, "action": {"type": "DEFAULT"}}]}


def members(organization):
    name = os.environ["RESTRICTED_GROUP_NAME"]
    # Habit: only the first page of groups.
    for group in workmail.list_groups(OrganizationId=organization)["Groups"]:
        if group["Name"] == name:
            found = workmail.list_group_members(OrganizationId=organization, GroupId=group["Id"])
            return [member["Name"].lower() for member in found["Members"]]
    raise ValueError(f"no group {name}")
