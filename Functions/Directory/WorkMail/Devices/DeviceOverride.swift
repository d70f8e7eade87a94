import FunctionRuntime
import MailTypes

extension RecordKind {
    /// Overrides by organization, user and device: `DeviceOverride` in JSON.
    static let deviceOverride: RecordKind = "device-override"
    /// The same by organization, device and user: whoever manages devices asks for all overrides of one.
    static let deviceOverrideByDevice: RecordKind = "device-override-by-device"
}

/// What lets one device of one user in, or keeps it out, whatever the rules for devices say
/// (reference/organization-and-access.md §9.5).
struct DeviceOverride: Codable, Sendable {
    var organization: OrganizationID
    var user: EntityID
    /// As it was given when this was put; compared without case.
    var device: String
    /// `ALLOW` or `DENY`.
    var effect: String
    var description: String?
    var createdAt: Timestamp
    var modifiedAt: Timestamp

    /// The record that a user's override for a device is kept in.
    static func key(_ user: EntityID, _ device: String, in organization: OrganizationID) -> RecordKey {
        RecordKey(.deviceOverride, "\(organization)/\(user)/\(name(of: device))")
    }

    /// What the records of an organization's overrides begin with, by user or by device.
    static func prefix(of organization: OrganizationID) -> String { "\(organization)/" }
    /// What the records of a user's overrides begin with.
    static func prefix(of user: EntityID, in organization: OrganizationID) -> String { "\(organization)/\(user)/" }
    /// What the records of a device's overrides begin with.
    static func prefix(ofDevice device: String, in organization: OrganizationID) -> String {
        "\(organization)/\(name(of: device))/"
    }

    /// Names of records are kept in clear, and a device's id says whose it is.
    private static func name(of device: String) -> String { Fingerprint.hex(device.asciiLowercased) }

    var key: RecordKey { Self.key(user, device, in: organization) }
    var keyByDevice: RecordKey {
        RecordKey(.deviceOverrideByDevice, Self.prefix(ofDevice: device, in: organization) + user.text)
    }

    /// What a commit must hold so that it stands.
    func storing() throws(StoreFailure) -> [RecordChange] {
        [try .put(key, encoding: self), try .put(keyByDevice, encoding: self)]
    }

    /// What a commit must hold so that it is gone.
    var removing: [RecordChange] { [.delete(key), .delete(keyByDevice)] }
}
