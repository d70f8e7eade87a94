import MailTypes

/// What a metric is known by: `MailStorm/Messages{Sender=a@example.org}`.
public struct MetricName: Codable, Sendable, Hashable {
    public var namespace: String
    public var name: String
    /// Sorted by name.
    public var dimensions: [Dimension]

    public struct Dimension: Codable, Sendable, Hashable {
        public var name: String
        public var value: String
    }

    /// A metric of these names.
    public init(namespace: String, name: String, dimensions: [Dimension] = []) {
        self.namespace = namespace
        self.name = name
        self.dimensions = dimensions.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
    }
}

/// Several values as one: what CloudWatch's statistics are made of.
public struct MetricSummary: Sendable, Hashable {
    public private(set) var count = 0.0
    public private(set) var sum = 0.0
    public private(set) var minimum = Double.infinity
    public private(set) var maximum = -Double.infinity

    /// Nothing yet.
    public init() {}

    /// So many values that come to this sum, between these ends.
    public init(count: Double, sum: Double, minimum: Double, maximum: Double) {
        (self.count, self.sum, self.minimum, self.maximum) = (count, sum, minimum, maximum)
    }

    /// The same value so many times.
    public init(_ value: Double, count: Double = 1) {
        self.init(count: count, sum: value * count, minimum: value, maximum: value)
    }

    /// Takes others in.
    public mutating func add(_ other: MetricSummary) {
        count += other.count
        sum += other.sum
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    /// A statistic by CloudWatch's name; nil for one that cannot be told, such as a percentile.
    public func statistic(_ name: String) -> Double? {
        switch name {
        case "SampleCount": count
        case "Sum": sum
        case "Average": count == 0 ? 0 : sum / count
        case "Minimum": minimum
        case "Maximum": maximum
        default: nil
        }
    }
}

/// One metric: all of it since the start, and its last hours minute by minute.
struct MetricSeries: Sendable {
    var unit: String
    var total = MetricSummary()
    /// By minute since 1970, at most `MetricStore.minutesMax`.
    var minutes: [Int64: MetricSummary] = [:]
}
