import MailTypes

/// Places of those who may be at work at once. Who only waits gives his up meanwhile, so that waiting holds up nobody.
public protocol WorkPlaces: Sendable {
    /// Gives this message's place up.
    /// - Parameter giveUp: called when work ends before `stepBack`: the wait is to end, too.
    /// - Returns: false when work has ended already; the place is kept then.
    func stepAside(_ id: QueueID, giveUp: @escaping @Sendable () -> Void) -> Bool
    /// Takes a place again at once, even if that is one too many: the work was begun.
    func stepBack(_ id: QueueID)
    /// True once work ends: what is not done is left to the next process as it is.
    var isEnding: Bool { get }
}

extension QueueWorker: WorkPlaces {
    public func stepAside(_ id: QueueID, giveUp: @escaping @Sendable () -> Void) -> Bool {
        guard putAside(id, giveUp) else { return false }
        inHand.pause(id)
        changeInFlight(by: -1)
        return true
    }

    public func stepBack(_ id: QueueID) {
        takeBack(id)
        inHand.resume(id)
        changeInFlight(by: 1)
    }
}
