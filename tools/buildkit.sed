# What builder.sh changes in BuildKit's solver/edge.go. Where two builds at once have
# steps in common, BuildKit follows all the paths below these, one by one. In the full
# system there are 10^12: it would hang. So let it remember where it has been.
s/^func isDep(vtx, vtx2 Vertex) bool {$/func isDep(vtx, vtx2 Vertex, seen map[digest.Digest]bool) bool {\
	if seen[vtx.Digest()] {\
		return false\
	}\
	seen[vtx.Digest()] = true/
s/isDep(e.edge.Vertex, e2.edge.Vertex)/isDep(e.edge.Vertex, e2.edge.Vertex, map[digest.Digest]bool{})/
s/isDep(e.Vertex, vtx2)/isDep(e.Vertex, vtx2, seen)/
