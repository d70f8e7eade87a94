import FunctionRuntime
import MailTypes

extension MemoryStores: StackStore {
    public func currentDeployment(of stack: String) async throws(StoreFailure) -> StoredDeployment? {
        try commit { state in state.deployments[stack] }
    }

    public func recordDeployment(of stack: String, template: Octets, parameters: [String: String], at now: Timestamp)
        async throws(StoreFailure) -> Int
    {
        try commit { state in
            let number = (state.deployments[stack]?.number ?? 0) + 1
            state.deployments[stack] = StoredDeployment(
                stack: stack, number: number, template: template, parameters: parameters, deployedAt: now)
            return number
        }
    }

    public func stacks() async throws(StoreFailure) -> [StoredDeployment] {
        try commit { state in state.deployments.values.sorted { $0.stack < $1.stack } }
    }
}
