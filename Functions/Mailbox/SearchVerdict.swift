import FunctionRuntime
import MailTypes

extension SearchCriterion {
    /// What an item's row alone says of it: yes, no, or nil when summary or content have to be asked.
    func verdict(onFactsOf item: Item) -> Bool? {
        switch self {
        case .all: return true
        case .none: return false
        case .uids(let ranges): return UIDRangeSearch.contains(ranges, item.uid.value)
        case .flag(let flag): return !item.flags.system.isDisjoint(with: flag)
        case .keyword(let keyword): return item.flags.contains(keyword: keyword)
        case .larger(let size): return item.size > size
        case .smaller(let size): return item.size < size
        case .receivedSince(let moment): return item.internalDate >= moment
        case .modSeq(let least): return item.modSeq >= least
        case .emailID(let id): return item.id == id
        case .day(.received, let days): return days.contains(Self.day(of: item.internalDate))
        case .day(.saved, let days): return days.contains(Self.day(of: item.saveDate))
        case .day(.sent, _), .threadKey, .header, .body, .text: return nil
        case .not(let inner): return inner.verdict(onFactsOf: item).map { !$0 }
        case .and(let parts):
            var isOpen = false
            for part in parts {
                guard let verdict = part.verdict(onFactsOf: item) else {
                    isOpen = true
                    continue
                }
                if !verdict { return false }
            }
            return isOpen ? nil : true
        case .or(let parts):
            var isOpen = false
            for part in parts {
                guard let verdict = part.verdict(onFactsOf: item) else {
                    isOpen = true
                    continue
                }
                if verdict { return true }
            }
            return isOpen ? nil : false
        }
    }

    /// Days since 1970, in UTC.
    static func day(of moment: Timestamp) -> Int {
        let seconds = moment.seconds
        return Int((seconds - (seconds % 86400 + 86400) % 86400) / 86400)
    }

    /// The same criterion with what is cheap to decide first.
    var cheapestFirst: SearchCriterion {
        switch self {
        case .and(let parts): .and(parts.map(\.cheapestFirst).sorted { $0.cost < $1.cost })
        case .or(let parts): .or(parts.map(\.cheapestFirst).sorted { $0.cost < $1.cost })
        case .not(let inner): .not(inner.cheapestFirst)
        default: self
        }
    }
}

/// Membership in ascending, disjoint ranges.
enum UIDRangeSearch {
    static func contains(_ ranges: UIDRanges, _ uid: UInt32) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < uid { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(uid)
    }
}
