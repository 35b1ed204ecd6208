"""The README's pictures: real commands on a real terminal, beside a real server and worker, written as SVG.

python -m tests.screens            # all of them, into .github/screens
python -m tests.screens top        # those of these names
"""
