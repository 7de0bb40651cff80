#!/usr/bin/env python3
# Not for a shell: <script>alert("python")</script>
print('</pre><script>alert("print")</script>')
