/// How asynchronous events of a function are tried, and who hears of their end (reference/functions.md §2.2).
public struct EventInvokeSettings: Codable, Sendable, Hashable {
    /// 0 to 2; nil for 2.
    public var retriesMax: Int?
    /// 60 to 21,600; nil for six hours.
    public var ageMaxSeconds: Int?
    /// ARN of who hears of a success.
    public var onSuccess: String?
    /// ARN of who hears when an event was given up.
    public var onFailure: String?
    /// Milliseconds since 1970.
    public var modifiedAt: Int64

    /// Settings; what is left out has Lambda's default.
    public init(
        retriesMax: Int? = nil, ageMaxSeconds: Int? = nil, onSuccess: String? = nil, onFailure: String? = nil,
        modifiedAt: Int64 = 0
    ) {
        (self.retriesMax, self.ageMaxSeconds) = (retriesMax, ageMaxSeconds)
        (self.onSuccess, self.onFailure, self.modifiedAt) = (onSuccess, onFailure, modifiedAt)
    }
}
