package node

// bridge connects the pods.
const bridge = "pods0"
