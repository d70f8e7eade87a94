import FunctionRuntime
import MailTypes

/// One thing to do, told by numbers so that it means the same in every implementation: folders are numbered by path,
/// messages and accounts in the order in which they came.
enum ModelOperation: Sendable {
    case createFolder(account: Int, parent: Int?, name: Int)
    case renameFolder(account: Int, folder: Int, parent: Int?, name: Int)
    case deleteFolder(account: Int, folder: Int)
    case subscribe(account: Int, folder: Int, Bool)
    case claimRecent(account: Int, folder: Int)
    case append(account: Int, folder: Int, sizes: [Int], Flags)
    case changeFlags(account: Int, folder: Int, UIDRanges, FlagChange, unchangedSince: Int?)
    case copy(account: Int, folder: Int, UIDRanges, toAccount: Int, toFolder: Int)
    case move(account: Int, folder: Int, UIDRanges, toAccount: Int, toFolder: Int)
    case expunge(account: Int, folder: Int, UIDRanges?)
    /// Remembers the MODSEQ of every folder for `unchangedSince` and for changes.
    case checkpoint
    case accept(id: QueueID, recipients: Int, size: Int, leaseSeconds: Int?)
    case claim(message: Int)
    case claimDue(count: Int)
    case postpone(message: Int, seconds: Int)
    case settle(
        message: Int, [(recipient: Int, account: Int, junk: Bool)], fates: [Int: RecipientFate], step: String?,
        spawn: QueueID?, retry: Int?)
    case setDead(message: Int, Bool)
    case replaceContent(message: Int, size: Int)
    case purge(beforeSeconds: Int, limit: Int)
    case enable(account: Int, address: Int)
    case disable(account: Int)
    case deleteEntity(account: Int)
    case addAlias(account: Int, address: Int)
    case removeAlias(account: Int, address: Int)
    case setPrimary(account: Int, address: Int)
    case addMember(account: Int, group: Int)
    case removeMember(account: Int, group: Int)
    case setQuota(account: Int, megabytes: Int)
    case enqueueJob(Identifier128)
    case claimJobs(count: Int)
    case retryJob(job: Int, seconds: Int)
    case finishJob(job: Int)
    case setJobDead(job: Int, Bool)
    case advance(seconds: Int)
    /// The power fails and comes back.
    case crash
}

/// Makes operations from a seed. What is done often in life is drawn often.
struct ModelOperations {
    private let random: SeededRandom
    private var messages = 0
    private var jobs = 0
    private let now: Timestamp

    init(seed: UInt64, now: Timestamp) { (random, self.now) = (SeededRandom(seed), now) }

    mutating func next() -> ModelOperation {
        switch below(100) {
        case 0..<3: return .createFolder(account: account, parent: maybe { below(14) }, name: below(5))
        case 3..<5:
            return .renameFolder(account: account, folder: below(14), parent: maybe { below(14) }, name: below(5))
        case 5: return .deleteFolder(account: account, folder: below(14))
        case 6: return .subscribe(account: account, folder: below(14), below(2) == 0)
        case 7: return .claimRecent(account: account, folder: below(14))
        case 8..<20: return .append(account: account, folder: folder, sizes: (0..<below(5)).map { _ in size }, flags)
        case 20..<32:
            let change: FlagChange = [.set(flags), .add(flags), .remove(flags)][below(3)]
            return .changeFlags(account: account, folder: folder, ranges, change, unchangedSince: maybe { below(3) })
        case 32..<37: return .copy(account: account, folder: folder, ranges, toAccount: account, toFolder: folder)
        case 37..<43: return .move(account: account, folder: folder, ranges, toAccount: account, toFolder: folder)
        case 43..<48: return .expunge(account: account, folder: folder, maybe { ranges })
        case 48..<51: return .checkpoint
        case 51..<57:
            messages += 1
            return .accept(
                id: random.identifier(at: now), recipients: 1 + below(3), size: size, leaseSeconds: maybe { below(60) })
        case 57..<61: return .claim(message: message)
        case 61..<63: return .claimDue(count: below(4))
        case 63..<65: return .postpone(message: message, seconds: below(100))
        case 65..<77:
            let deliveries = (0..<below(4)).map { _ in (recipient: below(3), account: account, junk: below(4) == 0) }
            var fates: [Int: RecipientFate] = [:]
            for recipient in 0..<3 where below(2) == 0 {
                fates[recipient] = [.dropped, .delivered(mailboxes: 1), .bounced(.mailboxFull)][below(3)]
            }
            let spawn = below(4) == 0 ? random.identifier(at: now) : nil
            return .settle(
                message: message, deliveries, fates: fates, step: maybe { ["journal", "notice"][below(2)] },
                spawn: spawn,
                retry: maybe { below(100) })
        case 77: return .setDead(message: message, below(3) > 0)
        case 78: return .replaceContent(message: message, size: size)
        case 79: return .purge(beforeSeconds: below(200), limit: below(3))
        case 80: return .enable(account: account, address: below(12))
        case 81: return .disable(account: account)
        case 82: return below(4) == 0 ? .deleteEntity(account: account) : .disable(account: account)
        case 83: return .addAlias(account: account, address: below(12))
        case 84: return .removeAlias(account: account, address: below(12))
        case 85: return .setPrimary(account: account, address: below(12))
        case 86..<88: return .addMember(account: below(8), group: below(8))
        case 88: return .removeMember(account: below(8), group: below(8))
        case 89: return .setQuota(account: account, megabytes: below(3))
        case 90:
            jobs += 1
            return .enqueueJob(random.identifier(at: now))
        case 91: return .claimJobs(count: below(3))
        case 92: return .retryJob(job: below(max(1, jobs)), seconds: below(50))
        case 93: return .finishJob(job: below(max(1, jobs)))
        case 94: return .setJobDead(job: below(max(1, jobs)), below(2) == 0)
        case 95: return .crash
        default: return .advance(seconds: below(20))
        }
    }

    /// Mostly among the few accounts that have mailboxes.
    private var account: Int { below(5) }
    /// Mostly INBOX and its neighbours.
    private var folder: Int { below(3) > 0 ? below(4) : below(14) }
    private var message: Int { max(0, messages - 1 - below(6)) }
    private var size: Int { [0, 1, 100, 5000, 16384, 16385, 70000, 300_000][below(8)] }
    private var flags: Flags {
        Flags(
            .init(rawValue: UInt8(below(32))),
            keywords: below(2) == 0 ? [] : [["$Work", "$work", "b", "$MDNSent"][below(4)]])
    }
    private var ranges: UIDRanges {
        if below(3) == 0 { return all }
        let first = UInt32(1 + below(20))
        let last = first + UInt32(below(6))
        return below(2) == 0 ? [first...last] : [first...last, last + 3...last + 3 + UInt32(below(9))]
    }

    private func below(_ end: Int) -> Int { Int(random.next() % UInt64(end)) }
    private func maybe<Value>(_ value: () -> Value) -> Value? { below(2) == 0 ? nil : value() }
}
