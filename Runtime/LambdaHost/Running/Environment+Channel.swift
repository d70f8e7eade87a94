import FunctionRuntime
import MailTypes
import Synchronization
import Transport

/// The events and answers of processes that speak on the channel: the same steps as those of the Runtime API.
extension Environment {
    /// Sends an event that is being delivered.
    func send(_ call: Call, _ state: inout State) {
        let invocation = call.invocation
        let loop = host.loops.callers()
        let awake =
            parts.channel?.place(awake: nanosecondsAwake(&state, loop), sharesCore: loop?.tookTurns() == true) ?? 0
        let event = invocation.event
        var frame = EventFrame(eventOctets: event.count)
        frame.add(invocation.requestID)
        frame.add(UInt64(max(0, state.deadlineAt.milliseconds)))
        frame.add(invocation.invokedARN)
        frame.add { appendTraceID(to: &$0) }
        frame.add(invocation.clientContext ?? "")
        frame.add(awake)
        frame.end(with: event)
        parts.channel?.send(frame, on: loop)
    }

    /// Takes what the process says.
    func hear(_ notice: ChannelReader.Notice) {
        switch notice {
        case .ready: takeFirst()
        case .result(let payload): answered(payload, isError: false)
        case .error(let payload): answered(payload, isError: true)
        case .initError(let payload): _ = initFailed(payload, type: nil)
        case .lastError(let payload):
            answered(payload, isError: true, isLast: true)
            // Also between two events: the next one gets another process.
            end(.retired)
        case .tooLarge:
            answered(
                ErrorBody.tooLarge(limitOctets: host.settings.answerOctets), isError: true, type: ErrorBody.tooLargeType
            )
        }
    }

    private func takeFirst() {
        state.withLock { state in
            guard state.phase == .starting, state.reason == nil else { return }
            loaded(&state)
            guard let call = state.call else {
                state.listensOnChannel = true
                return
            }
            deliver(call, &state) { send(call, &$0) }
        }
    }

    /// An answer on the channel belongs to the event that was sent last; one more than that is nobody's.
    private func answered(_ payload: Octets, isError: Bool, type: String? = nil, isLast: Bool = false) {
        guard let id = state.withLock({ $0.isDelivered ? $0.call?.invocation.requestID : nil }) else { return }
        _ = answered(id, payload, isError: isError, type: type, isLast: isLast)
    }

    /// How long the process waits awake for another event once it has answered this one. Only where nobody else is at work,
    /// or was since its last event: several that wait awake would take the processor from those who are.
    private func nanosecondsAwake(_ state: inout State, _ loop: EventLoop?) -> UInt64 {
        let isAlone = host.lastAsked.exchange(parts.slot, ordering: .relaxed) == parts.slot
        guard host.loops.isQuiet else { return 0 }
        // Also for a process that sleeps between events: its caller may be why, by waiting beside it on the other core. The move is
        // for nothing where the process leaves its new core idle: the caller would be put there.
        if loop?.joinPeer() == true {
            state.alertness.renew(Self.nanosecondsAwakeMax)
            return Self.nanosecondsAwakeMax
        }
        return isAlone ? state.alertness.window : 0
    }

    /// `Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0`
    func traceID() -> String {
        var text = Octets()
        text.reserveCapacity(80)
        appendTraceID(to: &text)
        return text.text
    }

    private func appendTraceID(to text: inout Octets) {
        text += "Root=1-".utf8
        text.append(hex: UInt64(UInt32(truncatingIfNeeded: host.time.now().seconds)), digits: 8)
        text += "-".utf8
        text.append(hex: host.random.next(), digits: 16)
        text.append(hex: host.random.next(), digits: 8)
        text += ";Parent=".utf8
        text.append(hex: host.random.next(), digits: 16)
        text += ";Sampled=0".utf8
    }
}

extension Octets {
    /// Adds the lowest digits of a number, eight or sixteen.
    fileprivate mutating func append(hex number: UInt64, digits: Int) {
        for shift in stride(from: 4 * digits - 32, through: 0, by: -32) {
            var eight = HexadecimalDigits.of(UInt32(truncatingIfNeeded: number >> UInt64(shift))).littleEndian
            Swift.withUnsafeBytes(of: &eight) { append(contentsOf: $0) }
        }
    }
}

extension LambdaInvocation {
    /// The event as the function gets it: an empty one is an empty object (reference/functions.md §2.2).
    var event: Octets { payload.isEmpty ? Octets(text: "{}") : payload }
}
