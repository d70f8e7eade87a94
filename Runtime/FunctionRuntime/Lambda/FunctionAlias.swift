/// A name for a version, or for two of them with a share each (reference/functions.md §2.4).
public struct FunctionAlias: Codable, Sendable, Hashable {
    /// Not digits only.
    public var name: String
    /// The version it stands for: a number or `$LATEST`.
    public var version: String
    public var description: String
    /// A second version and its share of calls, 0 to 1; the rest goes to `version`.
    public var weights: [String: Double]
    public var revisionID: String

    /// An alias of these facts.
    public init(
        name: String, version: String, description: String = "", weights: [String: Double] = [:], revisionID: String
    ) {
        (self.name, self.version, self.description) = (name, version, description)
        (self.weights, self.revisionID) = (weights, revisionID)
    }

    /// The version for a draw from 0 up to, not including, 1.
    public func version(drawing fraction: Double) -> String {
        var rest = fraction
        for (version, share) in weights.sorted(by: { $0.key < $1.key }) {
            if rest < share { return version }
            rest -= share
        }
        return version
    }
}
