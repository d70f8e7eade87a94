import MailTypes
import Synchronization

/// The metrics that functions write, in memory: they start over with the process.
public final class MetricStore: Sendable {
    /// Metrics kept; data of further ones is dropped and counted. Names and dimensions come from functions, often from mail.
    public static let seriesMax = 1_000
    /// Minutes kept of each: three hours.
    static let minutesMax: Int64 = 180

    private struct State {
        var series: [MetricName: MetricSeries] = [:]
        var dropped = 0
    }

    private let state = Mutex(State())

    /// No metrics yet.
    public init() {}

    /// Values that found no room.
    public var dropped: Int { state.withLock { $0.dropped } }

    /// Adds values of a moment; those older than what is kept count in the total only.
    func add(_ summary: MetricSummary, to name: MetricName, unit: String, at moment: Timestamp, now: Timestamp) {
        let (minute, current) = (moment.seconds / 60, now.seconds / 60)
        state.withLock { state in
            guard state.series[name] != nil || state.series.count < Self.seriesMax else {
                state.dropped += 1
                return
            }
            var series = state.series[name] ?? MetricSeries(unit: unit)
            state.series[name] = nil
            series.unit = unit
            series.total.add(summary)
            if minute > current - Self.minutesMax {
                series.minutes[minute, default: MetricSummary()].add(summary)
                if series.minutes.count > Int(Self.minutesMax) {
                    series.minutes = series.minutes.filter { $0.key > current - Self.minutesMax }
                }
            }
            state.series[name] = series
        }
    }

    /// The values of a metric in periods of so many seconds, those with values only, oldest first.
    func periods(of name: MetricName, from: Timestamp, until: Timestamp, seconds: Int64) -> [(
        start: Timestamp, summary: MetricSummary
    )] {
        let minutes = state.withLock { $0.series[name]?.minutes ?? [:] }
        var periods: [Int64: MetricSummary] = [:]
        for (minute, summary) in minutes {
            let second = minute * 60
            guard second >= from.seconds - from.seconds % 60, second < until.seconds else { continue }
            periods[second - second % seconds, default: MetricSummary()].add(summary)
        }
        return periods.sorted { $0.key < $1.key }.map { (Timestamp(seconds: $0.key), $0.value) }
    }

    /// A metric's unit; `None` when nobody wrote it.
    func unit(of name: MetricName) -> String { state.withLock { $0.series[name]?.unit ?? "None" } }

    /// All names.
    var names: [MetricName] { state.withLock { Array($0.series.keys) } }

    /// All metrics as OpenMetrics has them: two counters for each, their names in labels, so that a function's words never
    /// become a metric's name.
    public var openMetrics: String {
        let totals = state.withLock { $0.series.mapValues(\.total) }
        let sorted = totals.sorted { Self.labels($0.key) < Self.labels($1.key) }
        var text = ""
        func family(_ name: String, _ kind: String, _ help: String, _ value: (MetricSummary) -> Double) {
            text += "# TYPE \(name) \(kind)\n# HELP \(name) \(help)\n"
            let suffix = kind == "counter" ? "_total" : ""
            for (metric, summary) in sorted { text += "\(name)\(suffix)\(Self.labels(metric)) \(value(summary))\n" }
        }
        family("mailroom_user_metric_samples", "counter", "Values that functions wrote with PutMetricData.") {
            $0.count
        }
        family("mailroom_user_metric_sum", "gauge", "The sum of these values.") { $0.sum }
        text += "# TYPE mailroom_user_metrics_dropped counter\n"
        text += "# HELP mailroom_user_metrics_dropped Values of metrics beyond the first \(Self.seriesMax).\n"
        text += "mailroom_user_metrics_dropped_total \(dropped)\n"
        return text
    }

    /// `{namespace="…",metric="…",dimensions="Name=Value;…"}`
    private static func labels(_ name: MetricName) -> String {
        let dimensions = name.dimensions.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
        return
            "{namespace=\"\(escaped(name.namespace))\",metric=\"\(escaped(name.name))\",dimensions=\"\(escaped(dimensions))\"}"
    }

    /// A label's value: backslash, quote and line ends escaped, other control characters gone (OpenMetrics 1.0 "Label").
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: if scalar.value >= 0x20, scalar.value != 0x7F { result.unicodeScalars.append(scalar) }
            }
        }
        return result
    }
}
