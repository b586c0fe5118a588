"""Does the work of any row when the harness asks for it."""

from line import serve
from works import ALL


def work(request):
    case = request["which"]
    return ALL[request["row"]](case["size"], case.get("times", 1))


serve({"work": work})
