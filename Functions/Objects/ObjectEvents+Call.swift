import FunctionRuntime
import MailTypes

extension Objects {
    /// The work that follows of what this call does; nil when nobody wants to know.
    func jobs(_ call: ObjectsCall, stored event: String = "ObjectCreated:Put") -> ObjectJobs? {
        guard !call.bucket.settings.notifications.isEmpty else { return nil }
        let (events, region) = (events, settings.region)
        let (requestID, peer, now) = (call.context.requestID, call.request.http.peer, call.context.now)
        var principal = settings.account
        if case .key(let id, _, _, _) = call.request.http.caller { principal = id }
        return { [principal] bucket, change in
            let name =
                switch change.kind {
                case .stored: event
                case .deleted: "ObjectRemoved:Delete"
                case .marked: "ObjectRemoved:DeleteMarkerCreated"
                }
            return events.jobs(
                for: ObjectEvent(
                    name: name, bucket: bucket, version: change.version, at: now, region: region,
                    principal: principal, peer: peer, requestID: requestID))
        }
    }
}
