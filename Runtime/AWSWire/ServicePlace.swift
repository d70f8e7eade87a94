/// Where ARNs of this system point.
public struct ServicePlace: Sendable, Hashable {
    public var region: String
    public var account: String

    /// A region and an account.
    public init(region: String, account: String) { (self.region, self.account) = (region, account) }

    /// `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE`.
    public func arn(_ service: String, _ resource: String) -> String {
        "arn:aws:\(service):\(region):\(account):\(resource)"
    }
}
