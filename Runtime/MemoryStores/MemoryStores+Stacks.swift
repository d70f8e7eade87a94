import FunctionRuntime
import MailTypes

extension MemoryStores: StackStore {
    private static let keptDeployments = 20

    public func currentDeployment(of stack: String) async throws(StoreFailure) -> StoredDeployment? {
        try commit { state in state.deployments[stack]?.last }
    }

    public func deployment(_ number: Int, of stack: String) async throws(StoreFailure) -> StoredDeployment? {
        try commit { state in state.deployments[stack]?.last { $0.number == number } }
    }

    public func recordDeployment(of stack: String, template: Octets, parameters: [String: String], at now: Timestamp)
        async throws(StoreFailure) -> Int
    {
        try commit { state in
            let kept = state.deployments[stack] ?? []
            let number = (kept.last?.number ?? 0) + 1
            let new = StoredDeployment(
                stack: stack, number: number, template: template, parameters: parameters, deployedAt: now)
            state.deployments[stack] = Array((kept + [new]).suffix(Self.keptDeployments))
            return number
        }
    }

    public func stacks() async throws(StoreFailure) -> [StoredDeployment] {
        try commit { state in state.deployments.values.compactMap(\.last).sorted { $0.stack < $1.stack } }
    }
}
