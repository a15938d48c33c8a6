/// The names among the labels or annotations that a runtime keeps with a container.
struct ContainerLabels {
  private var found: [String: String] = [:]

  /// Kubernetes' name of a container by containerd, nerdctl's, Kubernetes' by others, and
  /// CRI-O's own.
  private static let containers = [
    "io.kubernetes.cri.container-name", "nerdctl/name", "io.kubernetes.container.name",
    "io.kubernetes.cri-o.Name",
  ]
  /// The pod by containerd, and by CRI-O and cri-dockerd.
  private static let pods = [
    (name: "io.kubernetes.cri.sandbox-name", namespace: "io.kubernetes.cri.sandbox-namespace"),
    (name: "io.kubernetes.pod.name", namespace: "io.kubernetes.pod.namespace"),
  ]
  private static let keys = Set(containers + pods.flatMap { [$0.name, $0.namespace] })

  /// Reads an object of texts.
  mutating func read(_ scanner: inout JSONScanner) throws(JSONScanner.Malformed) {
    var found = found
    try scanner.object { (key, scanner) throws(JSONScanner.Malformed) in
      let text = try scanner.string()
      if Self.keys.contains(key), StateFiles.isName(text) { found[key] = text }
    }
    self.found = found
  }

  var names: [String] { Self.containers.compactMap { found[$0] } }

  var pod: PodName? {
    for keys in Self.pods {
      if let name = found[keys.name], let namespace = found[keys.namespace] {
        return PodName(name: name, namespace: namespace)
      }
    }
    return nil
  }
}
