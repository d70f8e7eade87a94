/// Places of those who may be at work at once. Who only waits gives his up meanwhile, so that waiting holds up nobody.
public protocol WorkPlaces: Sendable {
    /// Gives the caller's place up.
    func stepAside()
    /// Takes a place again at once, even if that is one too many: the work was begun.
    func stepBack()
}

extension QueueWorker: WorkPlaces {
    public func stepAside() { changeInFlight(by: -1) }
    public func stepBack() { changeInFlight(by: 1) }
}
