package grants

const MaxDepth = 4 // tokens that one is cut from, each from the next
