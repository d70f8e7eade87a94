/// What has to be known of a resource before references to it can be followed.
struct ResourceHead {
    let type: String
    let typePosition: SourcePosition
    /// With Globals merged in.
    let properties: TemplateNode?
    /// The condition because of which the resource is not there.
    let leftOutBy: String?
}
