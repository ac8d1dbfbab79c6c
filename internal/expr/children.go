package expr

// Children are the nodes right under n; inside are those among them that are
// judged one level further in.
func Children(n Node) (same, inside []Node) { return children(n) }
