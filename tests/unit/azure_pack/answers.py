"""A service whose answers are written down."""

from __future__ import annotations

import typing as t

from .service import Response, Service


class Answers(Service):
    """Gives these answers, one after another; the last one stays."""

    def __init__(self, *answers: t.Any) -> None:
        super().__init__()
        self.answers = list(answers)

    def answer(self, *request: t.Any) -> Response:
        self.sent.append(request[:4])
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else Response(200, answer)
