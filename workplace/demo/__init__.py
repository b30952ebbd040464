"""The demo of a first start: an agency, three brands, their contracts and some nine months of history.

`calendar`, `brands` and `story` are pure: from the same first day the same events come, day by day, whenever they are
asked for. `people`, `contract`, `loading` and `acts` bring them in by the services that everybody's data goes through.
"""
