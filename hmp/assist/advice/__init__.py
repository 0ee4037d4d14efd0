"""After a refusal: one line that says what would succeed, computed from the machine as it is.

The rules stand by topic in the modules beside; each begins with the reference's sentence that it answers.
"""
